"""Record building: from the members of a story to what one revision of it says. Pure, without services."""
