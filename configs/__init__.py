"""Configuration and data files that ship with Groundswell; read through importlib.resources."""
