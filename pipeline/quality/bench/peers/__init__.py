"""Other methods on the same articles and the same vectors: `groundswell bench peers`."""
