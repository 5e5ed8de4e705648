"""One's own devices (/devices)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.drf import caller, caller_login
from core.schema import errors
from devices import selectors, services
from devices.serializers import DeviceChange, DeviceItem, DeviceRegistration


class Devices(APIView):
    @extend_schema(operation_id="devices_list", responses={200: DeviceItem(many=True), **errors(401)})
    def get(self, request: Request) -> Response:
        """The caller's devices, oldest first."""
        return Response(DeviceItem(selectors.devices_of(caller(request)), many=True).data)

    @extend_schema(
        operation_id="devices_register",
        request=DeviceRegistration,
        responses={200: DeviceItem, **errors(400, 401, 415)},
    )
    def post(self, request: Request) -> Response:
        """Register a device, or update the one of that id. The login that asks is that device's from now on."""
        body = DeviceRegistration(data=request.data)
        body.is_valid(raise_exception=True)
        device = services.register_device(actor=caller(request), login=caller_login(request), **body.validated_data)
        return Response(DeviceItem(device).data)


class OneDevice(APIView):
    @extend_schema(operation_id="devices_read", responses={200: DeviceItem, **errors(401, 404)})
    def get(self, request: Request, device_id: str) -> Response:
        return Response(DeviceItem(selectors.access_device(caller(request), device_id)).data)

    @extend_schema(
        operation_id="devices_partial_update",
        request=DeviceChange,
        responses={200: DeviceItem, **errors(400, 401, 404, 415)},
    )
    def patch(self, request: Request, device_id: str) -> Response:
        """Change the name or the type."""
        body = DeviceChange(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        device = services.update_device(actor=caller(request), device_id=device_id, **body.validated_data)
        return Response(DeviceItem(device).data)

    @extend_schema(operation_id="devices_delete", responses={200: DeviceItem, **errors(401, 404)})
    def delete(self, request: Request, device_id: str) -> Response:
        """Forget a device and sign it out at once."""
        return Response(DeviceItem(services.remove_device(actor=caller(request), device_id=device_id)).data)
