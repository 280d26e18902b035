#!/usr/bin/env python3
"""Lists the files of Pages for the program, which embeds them: list-pages.py [--check]. One `#embed` a file: the preprocessor
cannot list a folder. With --check writes nothing, and fails when the list is not that of the folder."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = ROOT / "Sources" / "CEmbeddedFiles" / "pages.h"


def listing():
    folder = ROOT / "Pages"
    names = sorted(
        file.relative_to(folder).as_posix() for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith("."))
    lines = ["// The files of Pages, listed by `make pages`. Do not edit."]
    for number, name in enumerate(names):
        lines += [f"static const unsigned char p{number}[] = {{", f'#embed "../../Pages/{name}"', "};"]
    lines.append("static const holdfast_file pages[] = {")
    lines += [f'    {{"{name}", p{number}, sizeof p{number}}},' for number, name in enumerate(names)]
    lines.append("};")
    return "\n".join(lines) + "\n"


if sys.argv[1:] == ["--check"]:
    if not LIST.exists() or LIST.read_text(encoding="utf-8") != listing():
        sys.exit(f"{LIST.relative_to(ROOT)} is stale: run `make pages` and commit it")
elif sys.argv[1:]:
    sys.exit(__doc__)
else:
    LIST.write_text(listing(), encoding="utf-8")
