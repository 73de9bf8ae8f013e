"""What effects and actions need outside ftrack: folders, media, Slack."""
