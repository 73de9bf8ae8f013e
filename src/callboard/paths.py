"""For authors: names and folders on disk, as the studio's settings lay them out.

from callboard import paths

folder = paths.project_folder(project, settings.studio)
"""

from callboard.studio.paths.mapping import component_path, local_path
from callboard.studio.paths.names import check_name, fold
from callboard.studio.paths.numbering import shot_names
from callboard.studio.paths.patterns import fill, pattern
from callboard.studio.paths.projects import (
    PROJECT_READS,
    TEMPLATE_FILES,
    FolderOrNone,
    ProjectFolder,
    project_folder,
)
from callboard.studio.paths.structures import Structure, folders

__all__ = [
    "PROJECT_READS",
    "TEMPLATE_FILES",
    "FolderOrNone",
    "ProjectFolder",
    "Structure",
    "check_name",
    "component_path",
    "fill",
    "fold",
    "folders",
    "local_path",
    "pattern",
    "project_folder",
    "shot_names",
]
