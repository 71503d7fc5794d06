from django_inapp_notifications.models import Notification
from django_stripe_payments.services import StripeService
from tournaments.models import Tournament


def register_for_tournament(request, tournament_id):
    tournament = Tournament.objects.get(id=tournament_id)

    # Create payment
    payment, intent = StripeService.create_payment_intent(
        user=request.user,
        amount=tournament.entry_fee,
        payment_type='tournament_fee',
        description=f'Registration for {tournament.name}',
        metadata={'tournament_id': str(tournament.id)}
    )

    # Send notification
    Notification.create_notification(
        user=request.user,
        title='Registration Pending',
        message=f'Complete payment to register for {tournament.name}',
        notification_type='tournament',
        action_url=f'/payments/checkout/?payment_id={payment.id}'
    )

    return intent.client_secret
