"""`python -m sessionscope runserver`: starts a dev server so that its sessions are observed, no line of it changed."""

from .register.command import main

if __name__ == "__main__":
    main()
