"""What mlspec needs of the outside: small Protocols and the values that cross them. No I/O here."""
