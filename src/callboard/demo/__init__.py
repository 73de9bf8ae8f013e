"""A day at a studio, played on real servers, files and media; every claim of the story is verified."""
