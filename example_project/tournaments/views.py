from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, ListView

from accounts.one_at_a_time import AlreadyStarting
from config.offers import CallOff, ChangedOffer, NewOffer
from django_stripe_payments import clock
from django_stripe_payments.decorators import limit_rate
from django_stripe_payments.exceptions import StripePaymentsError

from . import art, organizing, registration
from .forms import TournamentForm
from .models import Game, Tournament


class TournamentListView(ListView):
    """What is still to be played, soonest first; then what was, latest first."""

    def get_queryset(self):
        tournaments = Tournament.objects.with_taken().select_related("organizer")
        game = self.request.GET.get("game")
        return tournaments.filter(game=game) if game in Game.values else tournaments

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = clock.now()
        shown = list(self.object_list)
        return super().get_context_data(
            upcoming=[each for each in shown if each.starts_at > now],
            past=[each for each in reversed(shown) if each.starts_at <= now],
            games=Game.choices,
            chosen_game=self.request.GET.get("game", ""),
            **kwargs,
        )


class TournamentDetailView(DetailView):
    queryset = Tournament.objects.with_taken().select_related("organizer")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        participants = list(self.object.participants.select_related("user"))
        user = self.request.user
        mine = next((each for each in participants if each.user_id == user.pk), None)
        payment = None
        if user.is_authenticated and mine is None and not self.object.is_free:
            payment = registration.current_payment(self.object, user)
        return super().get_context_data(
            participants=participants,
            my_place=mine,
            my_payment=payment,
            empty_places=range(self.object.places_left),
            **kwargs,
        )


@require_POST
@limit_rate("create_intent")
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a place where entering is free; else go and pay for one."""
    tournament = get_object_or_404(Tournament, pk=pk)
    if not request.user.is_authenticated:
        # Not to this address: after logging in it would be opened by GET.
        return redirect_to_login(tournament.get_absolute_url())
    try:
        payment = registration.begin(tournament, request.user)
    except registration.RegistrationRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(tournament)
    except AlreadyStarting as busy:
        messages.info(request, str(busy))
        return redirect(tournament)
    except StripePaymentsError:
        messages.error(
            request,
            _(
                "The payment service is not responding. You have not been charged. "
                "Please try again."
            ),
        )
        return redirect(tournament)
    if payment is None:
        messages.success(request, _("You are in. See you at the start."))
        return redirect(tournament)
    return redirect(payment.checkout_url)


class NewTournament(NewOffer):
    model, owner, form_class = Tournament, "organizer", TournamentForm
    title = gettext_lazy("Organize a tournament")
    message = gettext_lazy("Your tournament is open for registration.")

    def back(self) -> str:
        return reverse("tournaments:list")


class OwnTournament:
    """What leads back to the page of the tournament."""

    model, owner = Tournament, "organizer"
    object: Tournament

    def back(self) -> str:
        return self.object.get_absolute_url()


class ChangedTournament(OwnTournament, ChangedOffer):
    form_class = TournamentForm
    title = gettext_lazy("Change your tournament")

    def form_valid(self, form: TournamentForm) -> HttpResponse:
        organizing.change(form.instance)
        messages.success(self.request, _("Your changes are saved."))
        return redirect(self.back())


class CallOffTournament(OwnTournament, CallOff):
    title = gettext_lazy("Call off your tournament?")
    refusals = registration.RegistrationRefused

    def consequences(self, offer: Tournament) -> list[str]:
        paid = len(organizing.paid_places(offer))
        refund = ngettext(
            "%(amount)s goes back to %(paid)d player who has paid.",
            "%(amount)s goes back to %(paid)d players who have paid.",
            paid,
        ) % {"amount": organizing.sum_paid(offer), "paid": paid}
        return [
            refund if paid else _("No player has paid, so no money goes back."),
            _("All players are notified."),
            _("You cannot undo this."),
        ]

    def call_off(self, offer: Tournament) -> str:
        amount = organizing.sum_paid(offer)
        organizing.call_off(offer)
        return _("Called off. %(amount)s is refunded to the players.") % {"amount": amount}


# The picture depends on nothing but its address.
@cache_control(public=True, max_age=86400)
def cover(request: HttpRequest, game: str, seed: int) -> HttpResponse:  # noqa: ARG001
    return HttpResponse(art.cover(game, seed), content_type="image/svg+xml")
