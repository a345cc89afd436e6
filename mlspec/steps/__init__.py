"""What runs inside a DVC stage: validate, prepare, train, package, evaluate."""
