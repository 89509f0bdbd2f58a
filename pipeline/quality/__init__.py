"""What measures: the evaluation on labelled sets, and the documents of the contract."""
