"""A fitted scikit-learn model as an ONNX file; imported for `serving.format: onnx` alone."""
