"""mlspec: declarative, git-native operation of machine-learning models."""

__version__ = "0.1.0"
