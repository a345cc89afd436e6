"""Sources of data: each module fetches one kind, that of the same name in `mlspec.kinds.source`.

Modules whose name starts with an underscore hold what they share. Libraries that not everybody needs are extras of the
package: they are imported when a source is used, and `lacks` names the extra.
"""
