"""The command, as `cdisckit` and as `python -m cdisckit`."""


def main() -> None:
    """Run the command. Each worker loads this file once more, but not the command line."""
    from cdisckit.cli import main as run

    run()


if __name__ == "__main__":
    main()
