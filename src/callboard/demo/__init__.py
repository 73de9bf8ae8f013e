"""A day at a studio, played on real servers, real files and real media, and verified while it is told."""
