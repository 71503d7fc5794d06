from django.core.wsgi import get_wsgi_application

from tests.chaos import ready

application = get_wsgi_application()
ready.tell()
