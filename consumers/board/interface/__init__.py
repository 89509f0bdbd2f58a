"""The languages of the board's own words, numbers and dates; stories stay in the languages that they are in."""
