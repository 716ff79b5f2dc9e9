"""CDR-Stats in the browser: the ASGI application when imported, else the script of each run.

`streamlit run app.py` and any ASGI server on `app:app` import this file first; Streamlit then
runs it again for each run of a page.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from cdrstats.ui import process

if get_script_run_ctx(suppress_warning=True) is None:
    from streamlit.runtime.pages_manager import PagesManager

    from cdrstats import web

    # Streamlit would run any file of pages/ by its URL without this one, until some session has
    # called st.navigation.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        routes=web.routes(process.settings, process.engine),
        middleware=web.middleware(process.settings(), process.engine),
        lifespan=web.lifespan(
            process.settings(),
            st.get_option("server.address"),
            st.get_option("server.port"),
            warm=process.warm,
            close=process.close,
        ),
        on_script_error=process.explain,
    )
else:
    from cdrstats.ui import shell

    shell.page().run()
