"""What `groundswell bench` measures of the whole pipeline: embedded services, and roles as processes."""
