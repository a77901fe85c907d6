"""The entries of an untrusted zip: declared sizes are checked before anything is unpacked, and nothing goes to disk."""

import lzma
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_CHECKPOINT_BYTES, MAX_ZIP_ENTRIES, MAX_ZIP_RATIO, MEBIBYTE

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
"""Bit 0 of an entry's flags. Source: PKWARE's APPNOTE, 4.4.4."""


class ZipEntries:
    """Reads single entries by name; `name` of the zip stands in the messages.

    Raises:
        BBConvertError: damaged, a bomb, encrypted, or an entry whose path leaves the archive.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self._name = name
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise self._damaged(error) from error
        self._check()

    @property
    def names(self) -> list[str]:
        """All names, in the order of the archive's directory."""
        return self._archive.namelist()

    def read(self, entry: str, limit: int = MAX_CHECKPOINT_BYTES) -> bytes:
        """The unpacked bytes of an entry, which exists.

        Raises:
            BBConvertError: more than `limit` bytes, or it does not unpack to what it declares.
        """
        size = self._archive.getinfo(entry).file_size
        if size > limit:
            raise BBConvertError(
                f"{self._name}: {entry} unpacks to {size / MEBIBYTE:.0f} MiB, more than the {limit // MEBIBYTE} MiB "
                "that it may take."
            )
        try:
            return self._archive.read(entry)
        except (
            *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
            *(NotImplementedError, RuntimeError, ValueError),
        ) as error:
            raise self._damaged(error) from error

    def _check(self) -> None:
        """Sizes, methods and paths of all entries, from the directory alone."""
        infos = self._archive.infolist()
        # In a zip that was cut short, the directory of a zip stored inside of it passes for its own.
        if min((info.header_offset for info in infos), default=0) != 0:
            raise self._damaged(ValueError("its directory belongs to a zip inside of it"))
        if len(infos) > MAX_ZIP_ENTRIES or len({info.filename for info in infos}) != len(infos):
            raise BBConvertError(
                f"{self._name} has {len(infos):,} entries, some perhaps of the same name; expected at most "
                f"{MAX_ZIP_ENTRIES:,}, each with a name of its own."
            )
        size = sum(info.file_size for info in infos)
        if size > MAX_CHECKPOINT_BYTES:
            raise BBConvertError(
                f"{self._name} unpacks to {size / MEBIBYTE:.0f} MiB, more than the {MAX_CHECKPOINT_BYTES // MEBIBYTE} "
                "MiB that a policy may take."
            )
        for info in infos:
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in info.filename:
                raise BBConvertError(
                    f"{self._name} has an entry {info.filename!r}, a path outside of the archive, and was not read."
                )
            if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
                raise BBConvertError(
                    f"{self._name}: {info.filename} is encrypted, or compressed in a way other than deflate. torch and "
                    "Stable-Baselines3 write no such entry."
                )
            if info.file_size > MAX_ZIP_RATIO * max(info.compress_size, 1024):
                raise BBConvertError(
                    f"{self._name}: {info.filename} has {info.compress_size:,} bytes and would unpack to "
                    f"{info.file_size:,}: this is a zip bomb, not a policy. It was not unpacked."
                )

    def _damaged(self, error: Exception) -> BBConvertError:
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        return BBConvertError(
            f"{self._name} is damaged or cut short ({why}). Expected a zip that torch.save or Stable-Baselines3's "
            "model.save wrote. If it was downloaded, download it again: bbconvert pull … --force."
        )
