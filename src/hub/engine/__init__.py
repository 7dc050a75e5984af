"""Durable work: jobs as rows that workers claim, with leases, retries, timers and schedules."""
