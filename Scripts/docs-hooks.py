"""What `make docs` does beside MkDocs: pages that live outside docs/ are part of the site, and links to them hold."""

import pathlib
import re

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Pages outside docs/ that the site has.
PAGES = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"]
LINK = re.compile(r"(!?)\[([^\[\]]*)\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)")


def on_config(config):
    config.nav = [expanded(entry) for entry in config.nav]
    return config


def expanded(entry):
    """`adr` in the navigation stands for all decisions."""
    if not isinstance(entry, dict):
        return entry
    (title, pages), = entry.items()
    if "adr" in pages:
        decisions = sorted(f"adr/{path.name}" for path in (ROOT / "docs/adr").glob("*.md"))
        pages = [page for page in pages if page != "adr"] + [{"Decisions": decisions}]
    return {title: pages}


def on_files(files, config):
    for name in PAGES:
        files.append(File.generated(config, name, content=(ROOT / name).read_text()))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links are written for the repository. Those to files that the site does not have become plain text."""
    inside = page.file.src_uri
    folder = ROOT / ("" if inside in PAGES else "docs") / pathlib.PurePosixPath(inside).parent

    def put(match):
        target = (folder / match[3]).resolve()
        if not target.is_relative_to(ROOT):
            return match[0]
        path = target.relative_to(ROOT).as_posix()
        source = path if path in PAGES else path.removeprefix("docs/") if path.startswith("docs/") else None
        if source is None or files.get_file_from_path(source) is None:
            # A folder or a file of the repository; what is nowhere is left for MkDocs to complain about.
            return match[2] if target.exists() else match[0]
        up = "../" * inside.count("/")
        return f"{match[1]}[{match[2]}]({up}{source}{match[4] or ''})"

    return LINK.sub(put, markdown)
