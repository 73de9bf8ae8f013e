"""The pages at which people use the sandbox in a browser; they talk to it through its API, as any client does.

``visit.py`` says how a page is made; ``application.py`` collects them.
"""
