"""`python -m gpuspec` is the same program as `gpuspec`."""

from gpuspec.cli.main import main

if __name__ == "__main__":
    main()
