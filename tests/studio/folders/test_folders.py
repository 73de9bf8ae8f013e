from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callboard import CopyFiles, CopyTemplate, MakeFolders, Reference, Refused, TryAgain
from callboard.studio.storage import copies
from callboard.studio.storage.folders import Copied, Storage

TASK = Reference("Task", "1")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "storage").mkdir()
    return tmp_path / "storage"


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    folder.mkdir()
    (folder / "compositing.nk").write_text("a nuke script")
    (folder / "modeling.mb").write_bytes(os.urandom(3_000_000))
    return folder


@pytest.fixture
def storage() -> Iterator[Storage]:
    with Storage() as storage:
        yield storage


def make(base: Path, *folders: str, project: str = "heron") -> MakeFolders:
    return MakeFolders(base=str(base), folder=f"{base}/{project}", folders=list(folders))


def template(base: Path, *sources: Path, target: str = "heron/shots/SH010", name: str = "compositing") -> CopyTemplate:
    return CopyTemplate(
        template=name,
        sources=[str(source) for source in sources],
        base=str(base),
        target=f"{base}/{target}",
        entity=TASK,
    )


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_folders_are_made_and_a_second_time_found(base: Path, storage: Storage) -> None:
    assert storage.make_folders(make(base, "img/comps", "img/plates")) == f"made 4 folders in {base}/heron"
    assert storage.make_folders(make(base, "img/comps", "img/plates")) == f"found all folders in {base}/heron"
    with Storage() as another:
        assert another.make_folders(make(base, "img/comps", "new")) == f"made 1 folder in {base}/heron"
    assert tree(base) == ["heron", "heron/img", "heron/img/comps", "heron/img/plates", "heron/new"]


def test_a_half_made_tree_is_completed_and_what_is_there_stays(base: Path, storage: Storage) -> None:
    (base / "heron/img").mkdir(parents=True)
    (base / "heron/img/kept.txt").write_text("kept")
    storage.make_folders(make(base, "img/comps"))
    assert (base / "heron/img/kept.txt").read_text() == "kept"
    assert (base / "heron/img/comps").is_dir()


def test_a_storage_that_is_away_is_waited_for_and_nothing_is_made(tmp_path: Path, storage: Storage) -> None:
    with pytest.raises(TryAgain, match=r"The folder .*/away does not exist; mount the storage"):
        storage.make_folders(make(tmp_path / "away", "img"))
    assert tree(tmp_path) == []


def test_a_folder_that_should_be_a_mount_but_is_none_is_waited_for(base: Path) -> None:
    with Storage([str(base)]) as storage, pytest.raises(TryAgain, match=f"{base} is not mounted"):
        storage.make_folders(make(base, "img"))
    with Storage([str(base / "heron")]) as storage, pytest.raises(TryAgain, match="heron is not mounted"):
        storage.make_folders(make(base, "img"))
    with Storage(["/proc", str(base / "other")]) as storage:
        storage.make_folders(make(base, "img"))
    assert tree(base) == ["heron", "heron/img"]


def test_a_mount_behind_a_link_counts_too(base: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(base)
    with Storage([str(base)]) as storage, pytest.raises(TryAgain, match="is not mounted"):
        storage.make_folders(make(tmp_path / "link", "img"))


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc", "a//b", "", "CON", "a\0b", "x" * 300])
def test_a_bad_path_is_refused_before_the_first_folder_is_made(base: Path, storage: Storage, path: str) -> None:
    with pytest.raises(Refused):
        storage.make_folders(make(base, "good", path))
    assert tree(base) == []


def test_a_project_outside_its_base_is_refused(base: Path, storage: Storage) -> None:
    with pytest.raises(Refused, match="is not below"):
        storage.make_folders(MakeFolders(base=str(base), folder=f"{base}2/heron", folders=["a"]))


def test_a_link_out_of_the_base_is_refused(base: Path, tmp_path: Path, storage: Storage) -> None:
    (tmp_path / "outside").mkdir()
    (base / "heron").mkdir()
    (base / "heron/img").symlink_to(tmp_path / "outside")
    with pytest.raises(Refused, match=r"img is a link that leads out of"):
        storage.make_folders(make(base, "img/comps"))
    assert tree(tmp_path / "outside") == []


def test_a_link_within_the_base_is_followed(base: Path, storage: Storage) -> None:
    (base / "heron/fast").mkdir(parents=True)
    (base / "heron/img").symlink_to("fast")
    storage.make_folders(make(base, "img/comps/a"))
    assert (base / "heron/fast/comps/a").is_dir()


def test_a_link_to_nothing_or_a_file_in_the_way_is_refused(base: Path, storage: Storage) -> None:
    (base / "heron").mkdir()
    (base / "heron/gone").symlink_to("nowhere")
    (base / "heron/file").write_text("x")
    for name in ("gone", "file"):
        with pytest.raises(Refused, match=f"{name} is in the way"):
            storage.make_folders(make(base, f"{name}/a"))


def test_names_that_differ_only_by_case_are_refused_also_when_both_are_new(base: Path, storage: Storage) -> None:
    (base / "heron/shots/SH010").mkdir(parents=True)
    with pytest.raises(Refused, match=r"already contains 'SH010', and 'sh010' differs from it only by case"):
        storage.make_folders(make(base, "shots/sh010"))
    storage.make_folders(make(base, "shots/SH020"))
    with pytest.raises(Refused, match="differs from it only by case"):
        storage.make_folders(make(base, "shots/sh020"))
    assert tree(base / "heron/shots") == ["SH010", "SH020"]


def test_twins_that_were_there_before_are_both_used(base: Path, storage: Storage) -> None:
    for name in ("SH010", "sh010"):
        (base / "heron" / name).mkdir(parents=True)
    storage.make_folders(make(base, "SH010/a", "sh010/b"))
    assert tree(base / "heron") == ["SH010", "SH010/a", "sh010", "sh010/b"]


def test_what_somebody_else_makes_meanwhile_is_taken_as_it_is(
    base: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage.make_folders(make(base, "a"))
    (base / "heron/b").mkdir()
    (base / "heron/b/kept").write_text("kept")
    storage.make_folders(make(base, "b/c"))
    assert tree(base / "heron") == ["a", "b", "b/c", "b/kept"]


def test_files_are_copied_once_and_never_over_another(base: Path, templates: Path, storage: Storage) -> None:
    (templates / ".DS_Store").write_text("x")
    (templates / "folder").mkdir()
    (base / "heron/template_files").mkdir(parents=True)
    (base / "heron/template_files/compositing.nk").write_text("the project's own")
    effect = CopyFiles(source=str(templates), base=str(base), target=f"{base}/heron/template_files")
    assert storage.copy_files(effect) == f"copied 1 file to {base}/heron/template_files"
    assert storage.copy_files(effect) == f"found nothing to copy from {templates} to {base}/heron/template_files"
    assert tree(base / "heron/template_files") == ["compositing.nk", "modeling.mb"]
    assert (base / "heron/template_files/compositing.nk").read_text() == "the project's own"
    copy = base / "heron/template_files/modeling.mb"
    assert copy.read_bytes() == (templates / "modeling.mb").read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_missing_template_folder_of_the_studio_is_waited_for(base: Path, storage: Storage) -> None:
    with pytest.raises(TryAgain, match="The folder /nowhere does not exist"):
        storage.copy_files(CopyFiles(source="/nowhere", base=str(base), target=f"{base}/heron"))


def test_the_projects_own_template_comes_before_the_studios(base: Path, templates: Path, storage: Storage) -> None:
    own = base / "heron/template_files"
    copied = storage.copy_template(template(base, own, templates))
    assert copied.path == f"{base}/heron/shots/SH010_v01.nk"
    own.mkdir()
    (own / "compositing.hip").write_text("the project's own")
    with Storage() as another:
        copied = another.copy_template(template(base, own, templates, target="heron/shots/SH020"))
    assert copied == Copied(
        f"copied {own}/compositing.hip to {base}/heron/shots/SH020_v01.hip", f"{base}/heron/shots/SH020_v01.hip"
    )
    assert (base / "heron/shots/SH020_v01.hip").read_text() == "the project's own"


@pytest.mark.parametrize("there", ["SH010_v01.ma", "SH010_v07.nk", "sh010_V002.nk", "SH010_v03"])
def test_any_version_of_the_file_keeps_the_template_away(
    base: Path, templates: Path, storage: Storage, there: str
) -> None:
    (base / "heron/shots").mkdir(parents=True)
    (base / "heron/shots" / there).write_text("an artist's work")
    copied = storage.copy_template(template(base, templates))
    assert copied == Copied(f"found {base}/heron/shots/{there}", None)
    assert (base / "heron/shots" / there).read_text() == "an artist's work"
    assert tree(base / "heron/shots") == [there]


def test_a_file_of_another_name_keeps_nothing_away(base: Path, templates: Path, storage: Storage) -> None:
    (base / "heron/shots").mkdir(parents=True)
    for other in ("SH010_vfx.nk", "SH0100_v01.nk", "SH010_v01x", "xSH010_v01.nk"):
        (base / "heron/shots" / other).write_text("")
    assert storage.copy_template(template(base, templates)).path == f"{base}/heron/shots/SH010_v01.nk"


def test_a_copy_done_again_notes_its_file_again(base: Path, templates: Path, storage: Storage) -> None:
    first = storage.copy_template(template(base, templates))
    (base / "heron/shots/SH010_v01.nk").write_text("changed by an artist")
    with Storage() as another:
        again = another.copy_template(template(base, templates))
    assert again == Copied(f"found {first.path}", first.path)
    assert (base / "heron/shots/SH010_v01.nk").read_text() == "changed by an artist"


def test_a_task_type_without_template_gets_its_folder_and_says_so(
    base: Path, templates: Path, storage: Storage
) -> None:
    copied = storage.copy_template(template(base, templates, name="editing"))
    assert copied == Copied(f"found no template editing in {templates}", None)
    assert (base / "heron/shots").is_dir()


def test_a_template_that_links_out_of_its_folder_is_refused(base: Path, templates: Path, storage: Storage) -> None:
    secret = base.parent / "secret"
    secret.write_text("secret")
    (templates / "lighting.ma").symlink_to(secret)
    (templates / "alias.ma").symlink_to("modeling.mb")
    with pytest.raises(Refused, match="leads out of"):
        storage.copy_template(template(base, templates, name="lighting"))
    assert storage.copy_template(template(base, templates, name="alias")).path
    own = base / "heron/template_files"
    own.parent.mkdir(exist_ok=True)
    own.symlink_to(templates)
    with Storage() as another, pytest.raises(Refused, match="leads out of"):
        another.copy_template(template(base, own, target="heron/shots/SH030"))


def test_a_pipe_named_as_a_template_is_not_waited_for(base: Path, templates: Path, storage: Storage) -> None:
    os.mkfifo(templates / "fx.hip")
    (templates / "fx").mkdir()
    copied = storage.copy_template(template(base, templates, name="fx"))
    assert copied == Copied(f"found no template fx in {templates}", None)


def test_a_crashed_copy_leaves_no_half_file_and_the_next_one_cleans_up(
    base: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def dies(*_: Any, **__: Any) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(copies, "_give_name", dies)
        patch.setattr(copies, "_remove", lambda *_: None)
        with Storage() as storage, pytest.raises(KilledError):
            storage.copy_template(template(base, templates))
    [left] = tree(base / "heron/shots")
    assert left.startswith(".callboard-")
    with Storage() as storage:
        assert storage.copy_template(template(base, templates)).path
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


def test_what_crashed_copies_left_beside_whole_files_goes_too(base: Path, templates: Path, storage: Storage) -> None:
    files = CopyFiles(source=str(templates), base=str(base), target=f"{base}/heron/template_files")
    storage.copy_files(files)
    storage.copy_template(template(base, templates))
    for folder, name in (("template_files", "compositing.nk"), ("shots", "SH010_v01.nk")):
        (base / "heron" / folder / f"{copies.prefix(name)}0000").write_text("half")
    with Storage() as another:
        another.copy_files(files)
        another.copy_template(template(base, templates))
    assert tree(base / "heron/template_files") == ["compositing.nk", "modeling.mb"]
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


def test_a_file_that_comes_between_the_look_and_the_copy_stays(base: Path, templates: Path, storage: Storage) -> None:
    storage.make_folders(make(base, "shots"))
    (base / "heron/shots/SH010_v01.nk").write_text("an artist's work")
    copied = storage.copy_template(template(base, templates))
    assert copied.text == f"found {base}/heron/shots/SH010_v01.nk"
    assert (base / "heron/shots/SH010_v01.nk").read_text() == "an artist's work"
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


def test_a_full_disk_is_waited_for_and_leaves_nothing(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(TryAgain, match="no space left on device"):
            storage.copy_template(template(base, templates))
    assert tree(base / "heron/shots") == []
    assert storage.copy_template(template(base, templates)).path


def test_a_storage_without_hard_links_gets_the_same_copies(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: Any, **__: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", unsupported)
    assert storage.copy_template(template(base, templates)).path
    assert (base / "heron/shots/SH010_v01.nk").read_text() == "a nuke script"
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


def test_a_missing_permission_is_a_refusal_with_the_mend(
    base: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "mkdir", forbidden)
    with pytest.raises(Refused, match="permission denied; let the user that Callboard runs as write there"):
        storage.make_folders(make(base, "img"))


def test_a_copy_that_another_server_is_still_writing_is_left_alone(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one begins, and gets its name, while this one is between its last byte and its name."""
    give_name = copies._give_name
    said: list[Copied] = []

    def meanwhile(*arguments: Any) -> bool:
        monkeypatch.setattr(copies, "_give_name", give_name)
        with Storage() as another:
            said.append(another.copy_template(template(base, templates)))
        return give_name(*arguments)

    monkeypatch.setattr(copies, "_give_name", meanwhile)
    said.append(storage.copy_template(template(base, templates)))
    file = f"{base}/heron/shots/SH010_v01.nk"
    assert said == [
        Copied(f"copied {templates}/compositing.nk to {file}", file),
        Copied(f"found {file}", file),
    ]
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


def test_a_copy_that_is_cleaned_up_before_its_lock_begins_again(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = copies._lock

    def too_late(descriptor: int, *, wait: bool = False) -> bool:
        monkeypatch.setattr(copies, "_lock", lock)
        with Storage() as another:
            another.copy_template(template(base, templates))
        return lock(descriptor, wait=wait)

    storage.make_folders(make(base, "shots"))
    monkeypatch.setattr(copies, "_lock", too_late)
    assert storage.copy_template(template(base, templates)).text.startswith("found ")
    assert tree(base / "heron/shots") == ["SH010_v01.nk"]


@pytest.mark.parametrize("links", [True, False])
def test_a_storage_without_locks_never_shows_half_a_file(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """There a copy that is alive looks crashed: it loses its hidden file, and tries again."""

    def unsupported(*_: Any, **__: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    def cleaned_up(source: int, target: int) -> None:
        pour(source, target)
        [left] = [path for path in (base / "heron/shots").iterdir() if path.name.startswith(".callboard-")]
        left.unlink()

    pour = copies._pour
    monkeypatch.setattr(fcntl, "flock", unsupported)
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    with monkeypatch.context() as patch:
        patch.setattr(copies, "_pour", cleaned_up)
        with pytest.raises(TryAgain):
            storage.copy_template(template(base, templates))
    assert tree(base / "heron/shots") == []
    assert storage.copy_template(template(base, templates)).path
    assert (base / "heron/shots/SH010_v01.nk").read_text() == "a nuke script"


@pytest.mark.parametrize("written", ["{}/", "{}//", "/{}"])
@pytest.mark.parametrize("inside", [True, False])
def test_slashes_more_than_needed_mean_nothing(
    base: Path, templates: Path, storage: Storage, written: str, inside: bool
) -> None:
    folder = templates.rename(base / "template") if inside else templates
    effect = template(base, folder).model_copy(update={"sources": [written.format(folder)]})
    assert storage.copy_template(effect).text.startswith(f"copied {folder}/compositing.nk to ")


def test_a_template_that_may_not_be_read_is_named_with_the_mend(
    base: Path, templates: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_for_real = os.open

    def forbidden(path: Any, *arguments: Any, **more: Any) -> int:
        if path == "compositing.nk":
            raise PermissionError(errno.EACCES, "Permission denied")
        return open_for_real(path, *arguments, **more)

    monkeypatch.setattr(os, "open", forbidden)
    said = f"^{templates}/compositing.nk: permission denied; let the user that Callboard runs as read it\\.$"
    with pytest.raises(Refused, match=said):
        storage.copy_template(template(base, templates))
    with pytest.raises(Refused, match=said):
        storage.copy_files(CopyFiles(source=str(templates), base=str(base), target=f"{base}/heron"))


def test_many_at_once_end_in_one_whole_tree(base: Path, templates: Path) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(6)

    def work() -> None:
        together.wait()
        try:
            for shot in range(20):
                with Storage() as storage:
                    storage.make_folders(make(base, f"shots/SH{shot}/img/comps", f"shots/SH{shot}/scene"))
                    target = f"heron/shots/SH{shot}/scene/SH{shot}"
                    storage.copy_template(template(base, templates, target=target, name="modeling"))
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    files = [path for path in (base / "heron").rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == sorted(f"SH{shot}_v01.mb" for shot in range(20))
    assert {path.stat().st_size for path in files} == {3_000_000}


def test_no_folder_stays_open(base: Path, templates: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with Storage() as storage:
        storage.make_folders(make(base, "a/b/c", "d/e/f"))
        storage.copy_template(template(base, base / "heron/template_files", templates))
        with pytest.raises(Refused):
            storage.make_folders(make(base, "A/b"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
