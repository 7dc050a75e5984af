"""What Hotmart sends: accounts and their tokens, the route of its webhooks, and deliveries read into rows."""
