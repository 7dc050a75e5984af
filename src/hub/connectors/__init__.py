"""Other services: one HTTP engine with its budgets and retries, and typed clients of Hotmart and ActiveCampaign."""
