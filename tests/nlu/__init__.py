"""The Rasa process as the hub sees it: started for real, spoken to over HTTP, never imported."""
