"""Pulls: what accounts elsewhere hold, asked for by a job and written as rows; each can be repeated or resumed."""
