"""The ground that every room stands on: clock, errors, settings, database, jobs, live facts, tasks."""
