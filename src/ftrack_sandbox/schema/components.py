"""Components, which are files and sequences of files, and the locations that hold them."""

from typing import Final

TYPES: Final = """
Component
    :required  system_type name
    :defaults  id system_type
    :always    system_type version_id
    id            uid
    name          text = "main"
    file_type     text @filetype
    system_type   text
    size          integer = 0
    version_id    key owner
    version       -> AssetVersion
    container_id  key owner
    container     -> ContainerComponent
    component_locations  [ComponentLocation]
    +metadata
    +custom_links

FileComponent is Component when system_type = file
    id  uid_key

ContainerComponent is Component when system_type = container, sequence
    id       uid_key
    members  [Component] by container_id

SequenceComponent is ContainerComponent when system_type = sequence
    :required  padding
    padding  integer = 0

ComponentLocation
    :always  location_id component_id
    id                   uid
    component_id         key owner
    component            -> Component
    location_id          key restrict
    location             -> Location
    resource_identifier  text @resourceIdentifier
    url                  object computed

Location
    :required  name
    id           uid
    name         text
    label        text
    description  text
    location_components  [ComponentLocation]
"""
