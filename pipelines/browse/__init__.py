"""`govnews browse`: the mirror as pages to read, and as Datasette to query.

A plugin of Datasette adds the pages, the saved questions and the words about tables; nothing of it is a service of
its own. The pages carry no script, load nothing from elsewhere, and show stored HTML through an allow-list only.
"""
