"""What the tests of several folders share: brokers, settings, waiting."""
