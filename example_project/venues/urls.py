from django.urls import path

from . import views

app_name = "venues"

urlpatterns = [
    path("", views.VenueListView.as_view(), name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("new/", views.NewVenue.as_view(), name="new"),
    path("<int:pk>/edit/", views.ChangedVenue.as_view(), name="edit"),
    path("<int:pk>/close/", views.CloseVenue.as_view(), name="close"),
    path("bookings/", views.BookingListView.as_view(), name="bookings"),
    path("bookings/<int:pk>/check-in/", views.check_in, name="check_in"),
    path("bookings/<int:pk>/cancel/", views.cancel, name="cancel"),
]
