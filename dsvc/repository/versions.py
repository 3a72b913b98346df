"""Reading versions: manifests and ledgers from git, layouts and packs from the object store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dsvc.errors import CorruptError, MissingObjectError, NotFoundError, RemoteError
from dsvc.manifest import LedgerEntry, Manifest, Number, in_order, read_ledger, told_apart
from dsvc.repository.datasets import STATE_FOLDER, SUFFIX, Dataset, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.layout import Layout
    from dsvc.layout_codec import LayoutFile
    from dsvc.origin import LayoutId
    from dsvc.pack import RandomAccess
    from dsvc.repository.stores import History, Objects, Packs
    from dsvc.snapshot import Snapshot
    from dsvc.store.git_values import CommitId
    from dsvc.store.objects import ObjectId


class Current(msgspec.Struct, frozen=True):
    """A dataset as a commit has it: the manifest and the ledger."""

    dataset: Dataset
    commit: CommitId
    manifest: Manifest
    ledger: tuple[LedgerEntry, ...]

    @property
    def entry(self) -> LedgerEntry:
        """The current version as the ledger tells it."""
        return self.manifest.ledger_entry()


class Store:
    """The files in one version's store, opened from the object store by what its directory object lists.

    Never reads the ``store/`` folder: after ``dvc pull`` it holds writable copies.
    """

    def __init__(
        self,
        packs: Objects,
        directory: ObjectId | None,
        entries: dict[str, ObjectId] | None = None,
        label: str = "this version",
        *,
        piecemeal: bool = False,
        fetch: bool = True,
    ) -> None:
        self._packs = packs
        self._label = label
        self._piecemeal, self._fetch = piecemeal, fetch
        self.directory = directory
        self._entries = entries

    @property
    def entries(self) -> dict[str, ObjectId]:
        """Names and objects; fetched from the remote when the listing is not at hand."""
        if self._entries is None:
            assert self.directory is not None
            self._fetch_if_absent([self.directory], files=False)
            self._entries = self._packs.read_dir(self.directory)
        return self._entries

    def has(self, name: str) -> bool:
        """Whether the store lists a file of that name."""
        return name in self.entries

    def open(self, name: str) -> RandomAccess:
        """Open a file of the store; what is not at hand is fetched from the remote, all of the version at once.

        Of a store that is read ``piecemeal`` just this file is fetched: for who needs little of a version.
        """
        oid = self.entries.get(name)
        if oid is None:
            raise CorruptError(f"what is stored of the version lacks '{name}'", hint="dsvc fsck")
        self._fetch_if_absent([oid], files=True)
        return self._packs.open(oid)

    def size(self) -> int:
        """Bytes of all files in the store, which are fetched if they are not at hand."""
        self._fetch_if_absent(list(self.entries.values()), files=True)
        return sum(self._packs.size(oid) for oid in self.entries.values())

    def _fetch_if_absent(self, oids: Sequence[ObjectId], *, files: bool) -> None:
        if self.directory is None or all(self._packs.has(oid) for oid in oids):
            return
        if not self._fetch:
            raise MissingObjectError(f"the data of {self._label} is not here", hint="dvc fetch --all-commits")
        try:
            if self._piecemeal:
                self._packs.fetch(oids, files=False)
            else:
                self._packs.fetch([self.directory], files=files)
        except MissingObjectError as error:
            raise MissingObjectError(
                f"the data of {self._label} is neither here nor on the remote: {error.message}",
                # For each commit DVC looks for the remote in that commit's own configuration, and passes over those
                # that have none; what is set locally holds for all.
                hint="ask whoever made the version to run: dsvc push (versions older than the remote "
                "are left out unless .dvc/config.local names it)",
            ) from error
        except RemoteError as error:
            ways = [error.hint] if error.hint else []
            raise RemoteError(
                f"the data of {self._label} is not here, and cannot be fetched: {error.message}",
                hint="; ".join([*ways, "if the working file still has it: dsvc fsck --repair"]),
            ) from error

    def way_out(self, name: str) -> str | None:
        """What helps when the stored file ``name`` is damaged; what is here may be the only copy, and stays."""
        if getattr(self._packs, "has_remote", False):
            return "dsvc fsck --repair (gets a good copy from the remote, or the bytes that the working file has)"
        return (
            "dsvc fsck --repair (takes the bytes that the working file still has); "
            "from elsewhere: dvc remote add --default storage URL first"
        )


class Kept:
    """The layouts that were read last, up to so many pieces: each stands on others, and its neighbours on the same."""

    def __init__(self, most_pieces: int = 1_500_000) -> None:
        self._most = most_pieces
        self._files: dict[LayoutId, LayoutFile] = {}

    def get(self, wanted: LayoutId) -> LayoutFile | None:
        """A layout that is kept."""
        found = self._files.pop(wanted, None)
        if found is not None:
            self._files[wanted] = found
        return found

    def put(self, file: LayoutFile) -> None:
        """Keep a layout, and let go of those that were not asked for for longest."""
        self._files[file.id] = file
        while len(self._files) > 1 and sum(map(_pieces_in, self._files.values())) > self._most:
            del self._files[next(iter(self._files))]


def _pieces_in(file: LayoutFile) -> int:
    return sum(len(each.pieces) for each in file.numbered.files)


class Versions:
    """Finds versions of datasets in a history, and reads their content."""

    def __init__(self, git: History, packs: Packs, *, piecemeal: bool = False, fetch: bool = True) -> None:
        self._git = git
        self._packs = packs
        self._piecemeal, self._fetch = piecemeal, fetch

    def read_piecemeal(self, *, fetch: bool = True) -> Versions:
        """The same, for who needs little of each version: only stored files that are read are fetched, or none."""
        return Versions(self._git, self._packs, piecemeal=True, fetch=fetch)

    def datasets(self, commit: CommitId | None) -> list[Dataset]:
        """The datasets that a commit holds, by path."""
        if commit is None:
            return []
        manifests = [
            (path, self._git.read(commit, path)) for path in self._git.find(commit, STATE_FOLDER, "manifest.json")
        ]
        found = [Dataset.of(Manifest.decode(data, path).dataset) for path, data in manifests if data is not None]
        return sorted(found, key=lambda dataset: dataset.path)

    def current(self, dataset: Dataset, commit: CommitId | None) -> Current | None:
        """A dataset at a commit, None when the commit does not have it.

        Raises CorruptError when manifest and pointer belong to different versions.
        """
        if commit is None:
            return None
        data = self._git.read(commit, dataset.manifest_path)
        if data is None:
            return None
        manifest = Manifest.decode(data, dataset.manifest_path)
        pointer = self._git.read(commit, dataset.pointer_path)
        if pointer is None or self._packs.parse_pointer(pointer).dir_oid != manifest.store.dir:
            raise CorruptError(
                f"'{dataset.manifest_path}' and '{dataset.pointer_path}' belong to different versions",
                hint=f"take both from one commit: git checkout COMMIT -- '{dataset.state_path}', then git commit",
            )
        ledger = self.ledger(dataset, commit)
        listed = next((entry for entry in ledger if entry.id == manifest.id), None)
        if listed is None:
            ledger = (*ledger, manifest.ledger_entry())
        elif listed.number != manifest.number:  # renumbered since: the ledger decides
            manifest = replace(manifest, number=listed.number)
        return Current(dataset, commit, manifest, ledger)

    def ledger(self, dataset: Dataset, commit: CommitId) -> tuple[LedgerEntry, ...]:
        """All versions that a commit's ledger lists, oldest first."""
        data = self._git.read(commit, dataset.ledger_path)
        return tuple(read_ledger(data, dataset.ledger_path)) if data is not None else ()

    def all_known(self, dataset: Dataset, commit: CommitId | None) -> list[LedgerEntry]:
        """The versions that a commit's ledger or any tag of the dataset knows, oldest first."""
        known = {entry.id: entry for entry in self.ledger(dataset, commit)} if commit is not None else {}
        for tag, tagged in self._git.tags(dataset.tag("")).items():
            at_tag = self.at(dataset, tagged)
            if at_tag is not None and at_tag.id not in known:
                entry, name = at_tag.ledger_entry(), tag.removeprefix(dataset.tag(""))
                # It may have been renumbered, in a commit that HEAD does not have (any more): then the tag tells.
                known[entry.id] = replace(entry, number=Number(name)) if is_number(name) else entry
        return in_order(list(known.values()))

    def called_apart(self, dataset: Dataset, entry: LedgerEntry) -> str:
        """A version's number, with the first digits of its id where HEAD knows another one by that number."""
        head = self._git.head()
        return told_apart(entry, self.ledger(dataset, head) if head is not None else ())

    def manifest_of(self, dataset: Dataset, entry: LedgerEntry, commit: CommitId | None) -> Manifest | None:
        """A version's manifest: from its tag, else from the history; None where neither has it (shallow, squashed)."""
        tagged = self._git.tagged(dataset.tag(entry.number))
        starts = [commit for commit in (commit, tagged) if commit is not None]
        for start in starts:
            manifest = self.at(dataset, start)
            if manifest is not None and manifest.id == entry.id:
                return manifest
        for start in starts:
            for info in self._git.walk(start, dataset.manifest_path):
                manifest = self.at(dataset, info.id)
                if manifest is not None and manifest.id == entry.id:
                    return manifest
        return None

    def at(self, dataset: Dataset, commit: CommitId) -> Manifest | None:
        """The manifest of the version that a commit has; None when it does not have the dataset."""
        data = self._git.read(commit, dataset.manifest_path)
        return None if data is None else Manifest.decode(data, dataset.manifest_path)

    def store(self, entry: LedgerEntry) -> Store:
        """The store of a version."""
        from dsvc.store.objects import object_id

        directory = object_id(entry.dir)
        return Store(self._packs, directory, label=entry.number, piecemeal=self._piecemeal, fetch=self._fetch)

    def layout(self, entry: LedgerEntry, known: Kept | None = None) -> LayoutFile:
        """The layout of a version. Raises CorruptError when it does not have the digest that the ledger tells.

        Who reads many versions gives what was read before, which is kept in ``known`` within its limits.
        """
        from dsvc.layout_codec import decode, layout_id

        store = self.store(entry)

        def read(wanted: LayoutId) -> LayoutFile:
            held = known.get(wanted) if known is not None else None
            return held or remembered(read_anew(wanted))

        def remembered(file: LayoutFile) -> LayoutFile:
            if known is not None:
                known.put(file)
            return file

        def read_anew(wanted: LayoutId) -> LayoutFile:
            with_name = f"{wanted}.layout"
            access = store.open(with_name)
            try:
                data = access.read_at(0, access.size)
            finally:
                access.close()
            if layout_id(data) != wanted:
                raise CorruptError(f"stored file '{with_name}' is damaged", hint="dsvc fsck")
            return decode(data, read)

        return read(entry.layout)

    def snapshot(self, dataset: Dataset, entry: LedgerEntry, known: Kept | None = None) -> Snapshot:
        """The content of a version. Raises CorruptError when its files are not those that its manifest lists."""
        from dsvc.pack import StoreReader
        from dsvc.snapshot import LayoutPackReader, Snapshot

        layout = self.layout(entry, known).layout
        self._require_agreement(dataset, entry, layout)
        store = self.store(entry)
        reader = LayoutPackReader(layout, StoreReader(store, store.way_out))
        return Snapshot(f"{dataset.name}@{self.called_apart(dataset, entry)}", layout, reader)

    def _require_agreement(self, dataset: Dataset, entry: LedgerEntry, layout: Layout) -> None:
        """The files must belong to the dataset, and be those of the manifest where its tag or HEAD has it."""
        listed = {file.path: (file.sha256, file.bytes, file.lines, file.records) for file in layout.files}
        for path in listed:
            if path != dataset.path and (dataset.kind == "file" or path.rpartition("/")[0] != dataset.path):
                raise CorruptError(
                    f"'{dataset.name}' {entry.number} holds '{path}', which is not a file of '{dataset.path}'",
                    hint="do not trust this repository: ask where it comes from",
                )
        tagged = self._git.tagged(dataset.tag(entry.number))
        for commit in (tagged, self._git.head()):
            manifest = self.at(dataset, commit) if commit is not None else None
            if manifest is None or manifest.id != entry.id:
                continue
            if {f.path: (f.sha256, f.bytes, f.lines, f.records) for f in manifest.files} != listed:
                raise CorruptError(
                    f"what is stored of '{dataset.name}' {entry.number} is not what its manifest lists",
                    hint="dsvc fsck",
                )
            return


def find_dataset(datasets: Sequence[Dataset], target: str) -> Dataset | None:
    """The dataset with this name or working path (of its file, or of a file in its folder)."""
    for dataset in datasets:
        if dataset.path == target or (dataset.kind == "folder" and target.rstrip("/") == dataset.path):
            return dataset
    folder = target.rpartition("/")[0] if target.endswith(SUFFIX) else None
    for dataset in datasets:
        if dataset.name == target or (dataset.kind == "folder" and folder == dataset.path):
            return dataset
    return None


def require_dataset(datasets: Sequence[Dataset], target: str | None) -> Dataset:
    """The dataset that is meant; without a target the only one.

    Raises NotFoundError when there is none of that name, or several and none was named.
    """
    if target is not None:
        found = find_dataset(datasets, target)
        if found is None:
            known = ", ".join(dataset.name for dataset in datasets) or "none yet"
            name, at, _ = target.partition("@")
            hint = "dsvc status" if not at or find_dataset(datasets, name) is None else f"leave the version out: {name}"
            raise NotFoundError(f"there is no dataset '{target}' (datasets here: {known})", hint=hint)
        return found
    if not datasets:
        hint = "dsvc commit FILE.jsonl --source 'where from' -m 'why'"
        raise NotFoundError("there is no dataset here yet", hint=hint)
    if len(datasets) > 1:
        names = ", ".join(dataset.name for dataset in datasets)
        raise NotFoundError(f"which dataset? there are {len(datasets)}: {names}", hint="name one of them")
    return datasets[0]
