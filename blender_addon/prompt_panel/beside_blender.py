"""`python -m blender_addon.prompt_panel.beside_blender`: the window as the extension starts it, on Blender's pipes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .application import Options, build, make_application, run
from .blender_link.bar import Bar
from .blender_link.link import Link, own_pipes
from .companion import BlenderCompanion, ProjectCompanion
from .project_keeping import ProjectKeeper


def main() -> int:
    """Read the arguments and run until the window is closed or Blender is gone; returns the exit status."""
    parser = argparse.ArgumentParser(description="The prompt window beside Blender; the extension starts it.")
    parser.add_argument("--folder", type=Path, required=True, help="where projects and motions are kept")
    parser.add_argument("--scale", type=float, default=1.0, help="of the interface, as Blender's")
    arguments = parser.parse_args()
    incoming, outgoing = own_pipes()
    options = Options(scale=min(max(arguments.scale, 0.5), 4.0), folder=arguments.folder)
    application = make_application(options)
    window = build(options, beside_blender=True)
    keeper = ProjectKeeper(window.model, arguments.folder / "projects", window)
    link, bar = Link(incoming, outgoing, window), Bar(with_blender=True)
    ProjectCompanion(window, keeper, bar)
    BlenderCompanion(window, keeper, link, bar)
    window.show()
    link.ready()
    status = run(application, window)
    keeper.finish(on_purpose=True)
    link.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
