"""Pictures of stories, as the board shows them: fetched by the board, made small, never linked to."""
