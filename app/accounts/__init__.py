"""The Accounts section: recipients, their phone numbers, and what was done with them."""
