"""What people offer on the site: made, changed and called off by its owner."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.generic import CreateView, DetailView, UpdateView

from django_stripe_payments.decorators import limit_rate


class OwnOffers(LoginRequiredMixin):
    """Only the owner's: for everybody else they are not there."""

    model: type[Model]
    #: The field of the model that names its owner.
    owner = ""
    title: Any = ""
    template_name = "offer_form.html"

    @method_decorator(limit_rate("action"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(**{self.owner: self.request.user})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title=self.title, back=self.back(), **kwargs)

    def back(self) -> str:
        """Return the address of the page that leads here, and to which it leads back."""
        raise NotImplementedError


class NewOffer(OwnOffers, CreateView):
    message: Any = ""

    def form_valid(self, form: ModelForm) -> HttpResponse:
        setattr(form.instance, self.owner, self.request.user)
        form.save()
        messages.success(self.request, str(self.message))
        return redirect(self.back())


class ChangedOffer(OwnOffers, UpdateView):
    message: Any = ""

    def form_valid(self, form: ModelForm) -> HttpResponse:
        form.save()
        messages.success(self.request, str(self.message))
        return redirect(self.back())


class CallOff(OwnOffers, DetailView):
    """GET asks, and says what it costs; POST does it."""

    template_name = "confirm.html"
    #: What ``call_off`` raises, with words for the owner.
    refusals: type[Exception]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        try:
            messages.success(request, self.call_off(self.object))
        except self.refusals as refusal:
            messages.error(request, str(refusal))
        return redirect(self.back())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(consequences=self.consequences(self.object), **kwargs)

    def consequences(self, offer: Any) -> list[str]:
        """Return what calling off does, with the sum that goes back, as sentences."""
        raise NotImplementedError

    def call_off(self, offer: Any) -> str:
        """Do it; return what happened, as a sentence."""
        raise NotImplementedError
