"""SQLAdmin with a login: it mounts an app of its own, with a session middleware of its own."""

from __future__ import annotations

from sqladmin import Admin, ModelView
from sqladmin.authentication import AuthenticationBackend
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool
from starlette.applications import Starlette
from starlette.requests import Request


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column()


class Login(AuthenticationBackend):
    async def login(self, request: Request) -> bool:
        form = await request.form()
        request.session.update({"user": form["username"]})
        return True

    async def logout(self, request: Request) -> bool:
        request.session.clear()
        return True

    async def authenticate(self, request: Request) -> bool:
        return "user" in request.session


class UserAdmin(ModelView, model=User):
    column_list = [User.id, User.name]


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)
app = Starlette()
Admin(app, engine, authentication_backend=Login(secret_key="of this test")).add_view(UserAdmin)
