from django.core.wsgi import get_wsgi_application

from tests.chaos import ready, travel

application = get_wsgi_application()
travel.follow()
ready.tell()
