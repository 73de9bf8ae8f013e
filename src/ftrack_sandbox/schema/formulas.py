"""Attributes that SQL computes from the row, whose alias stands as ``{row}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_KEY_OF_CONFIGURATION: Final = (
    '(SELECT c."key" FROM "CustomConfigurationBase" c WHERE c."id" = {row}."configuration_id")'
)

#: The name of a custom attribute's type says how its values travel.
_KIND_OF_DEFAULT: Final = '(SELECT t."name" FROM "CustomAttributeType" t WHERE t."id" = {row}."type_id")'
_KIND_OF_VALUE: Final = (
    '(SELECT t."name" FROM "CustomConfigurationBase" c JOIN "CustomAttributeType" t ON t."id" = c."type_id" '
    'WHERE c."id" = {row}."configuration_id")'
)

_TIME_LOGGED: Final = '(SELECT coalesce(sum(l."duration"), 0) FROM "Timelog" l WHERE l."context_id" = {row}."id")'

_SESSION_THUMBNAIL: Final = (
    '(SELECT v."thumbnail_id" FROM "ReviewSessionObject" o '
    'JOIN "AssetVersion" v ON v."id" = o."version_id" '
    'WHERE o."review_session_id" = {row}."id" AND v."thumbnail_id" IS NOT NULL '
    'ORDER BY o."sort_order", o."sequence" LIMIT 1)'
)

#: SQL by table and attribute. A reference's formula gives the key of the related entity.
FORMULAS: Final[Mapping[str, str]] = {
    "Asset.latest_version": (
        '(SELECT v."id" FROM "AssetVersion" v WHERE v."asset_id" = {row}."id" '
        'ORDER BY v."version" DESC, v."sequence" DESC LIMIT 1)'
    ),
    "AssetVersion.is_latest_version": (
        '({row}."id" = (SELECT v."id" FROM "AssetVersion" v WHERE v."asset_id" = {row}."asset_id" '
        'ORDER BY v."version" DESC, v."sequence" DESC LIMIT 1))'
    ),
    "Context.time_logged": _TIME_LOGGED,
    "Context.bid_time_logged_difference": f'(coalesce({{row}}."bid", 0) - {_TIME_LOGGED})',
    "CustomAttributeValue.key": _KEY_OF_CONFIGURATION,
    "CustomAttributeValue.value_kind": _KIND_OF_VALUE,
    "CustomConfigurationBase.value_kind": _KIND_OF_DEFAULT,
    # Our choice: a session is open from its start to its end; "server_time" follows the sandbox's clock.
    "ReviewSession.is_open": '(server_time() BETWEEN {row}."start_date" AND {row}."end_date")',
    "ReviewSession.thumbnail": _SESSION_THUMBNAIL,
    "ReviewSession.thumbnail_id": _SESSION_THUMBNAIL,
}
