"""Makes a picture that pdftocairo wrote small enough to be kept beside the sources."""

import re
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
DEFAULTS = {
    "fill-rule": "nonzero", "clip-rule": "nonzero", "fill-opacity": "1", "stroke-opacity": "1", "stroke-linecap": "butt",
    "stroke-linejoin": "miter", "stroke-miterlimit": "4", "stroke-width": "1", "stroke": "none", "fill": "#000000",
}


def number(value, places=2):
    """Two places of a point are a thirtieth of a pixel."""
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def numbers(values):
    """`1-.5 2`: a minus separates as well as a blank."""
    return re.sub(" -", "-", " ".join(map(number, values)))


def short_path(path):
    """The same outline by steps from point to point, which have fewer digits than places on the page."""
    steps, at, start = [], (0.0, 0.0), (0.0, 0.0)
    parts = re.findall(r"([MLCZ])([^MLCZ]*)", path)
    for index, (command, text) in enumerate(parts):
        values = [float(one) for one in text.split()]
        # cairo ends each outline with a move to where it began.
        if command == "M" and index == len(parts) - 1:
            break
        if command == "Z":
            steps.append("z")
            at = start
            continue
        points = list(zip(values[::2], values[1::2]))
        moves = [(x - at[0], y - at[1]) for x, y in points]
        # Where the path is after rounding, so that errors do not add up.
        at = tuple(one + float(f"{move:.2f}") for one, move in zip(at, moves[-1]))
        if command == "M":
            start = at
        name, flat = command.lower(), [value for move in moves for value in move]
        if command == "L" and number(flat[0]) == "0":
            name, flat = "v", flat[1:]
        elif command == "L" and number(flat[1]) == "0":
            name, flat = "h", flat[:1]
        steps.append(name + numbers(flat))
    return "".join(steps)


def colour(text):
    parts = re.fullmatch(r"rgb\(([\d.]+)%,([\d.]+)%,([\d.]+)%\)", text)
    return "#" + "".join(f"{round(float(one) * 2.55):02x}" for one in parts.groups()) if parts else text


def styled(element):
    """What `style` says as attributes, without what SVG takes for granted."""
    for pair in filter(None, (one.strip() for one in element.attrib.pop("style", "").split(";"))):
        name, value = pair.split(":")
        element.set(name, colour(value))
    for name in list(element.attrib):
        if element.get(name) == DEFAULTS.get(name) and not (name == "stroke" and element.get("fill") == "none"):
            del element.attrib[name]


def without_frames(root, definitions):
    """Clips of boxes go, since nothing on the page reaches out of its box; those of rounded corners stay."""
    boxes = {one.get("id") for one in definitions.findall(f"{{{SVG}}}clipPath") if "C" not in one[0].get("d")}
    for one in definitions.findall(f"{{{SVG}}}clipPath"):
        if one.get("id") in boxes:
            definitions.remove(one)
    for parent in list(root.iter()):
        for one in list(parent):
            while one.get("clip-path", "")[5:-1] in boxes:
                del one.attrib["clip-path"], one.attrib["clip-rule"]
                if len(one) != 1 or one.tag != f"{{{SVG}}}g":
                    break
                parent[list(parent).index(one)] = one = one[0]
            if one.tag == f"{{{SVG}}}g" and parent is not definitions:
                one.attrib.pop("id", None)


def together(element):
    """Puts neighbours with the same attributes into one group: text comes in pieces of a few letters."""
    last = None
    for one in list(element):
        together(one)
        if one.tag == f"{{{SVG}}}g" and last is not None and one.attrib == last.attrib:
            last.extend(list(one))
            element.remove(one)
        else:
            last = one if one.tag == f"{{{SVG}}}g" else None


def shrunk(svg):
    """The same picture in less text: short numbers and names, outlines in steps, and nothing that nothing uses."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    definitions = root.find(f"{{{SVG}}}defs")
    without_frames(root, definitions)
    same, names = {}, {}
    for parent in [definitions, *definitions.findall(f"{{{SVG}}}g")]:
        for one in list(parent):
            if one.get("id"):
                old = one.attrib.pop("id")
                for path in one.iter(f"{{{SVG}}}path"):
                    path.attrib.pop("style", None)
                    path.set("d", short_path(path.get("d")))
                # A glyph's outline needs no symbol around it.
                if one.tag == f"{{{SVG}}}symbol" and len(one) == 1:
                    parent[list(parent).index(one)] = one = one[0]
                # Two that are the same are one.
                content = ElementTree.tostring(one)
                if content in same:
                    names[old] = same[content]
                    parent.remove(one)
                else:
                    names[old] = same[content] = f"a{len(same)}"
                    one.set("id", names[old])
    for element in root.iter():
        element.text = element.tail = None
        styled(element)
        # Those of the definitions are short already.
        if element.tag == f"{{{SVG}}}path" and element.get("d").startswith("M "):
            element.set("d", short_path(element.get("d")))
        if XLINK in element.attrib:
            element.set("href", "#" + names[element.attrib.pop(XLINK)[1:]])
        for name in ("x", "y"):
            if name in element.attrib:
                element.set(name, number(float(element.get(name))))
        if "clip-path" in element.attrib:
            element.set("clip-path", f"url(#{names[element.get('clip-path')[5:-1]]})")
    together(root)
    for name in ("width", "height"):
        root.set(name, number(float(root.get(name).removesuffix("pt"))) + "pt")
    # A line for each element, so that versions can be compared.
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>").replace("><", ">\n<") + "\n"
