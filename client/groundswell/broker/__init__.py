"""The connection to Kafka, and what kafka-python needs to keep what we promise."""
