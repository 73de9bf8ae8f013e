"""The studio's tools outside the engine: folders, media, versions, reviews, Slack."""
