from coaching.models import CoachingSession
from django_inapp_notifications.models import Notification
from django_stripe_payments.services import StripeService


def book_coaching_session(request, session_id):
    session = CoachingSession.objects.get(id=session_id)

    # Create payment
    payment, intent = StripeService.create_payment_intent(
        user=request.user,
        amount=session.price,
        payment_type='coaching_session',
        description=f'Coaching with {session.coach.get_display_name()}',
        metadata={'session_id': str(session.id)}
    )

    # Notify both user and coach
    Notification.create_notification(
        user=request.user,
        title='Session Booking Pending',
        message='Complete payment to confirm your coaching session',
        notification_type='coaching',
        priority='normal'
    )

    Notification.create_notification(
        user=session.coach,
        title='New Booking Request',
        message=f'{request.user.get_display_name()} is booking a session',
        notification_type='coaching',
        priority='normal'
    )

    return intent.client_secret
