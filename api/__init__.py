"""The doors: command line and HTTP. No rule of the trade lives here."""
