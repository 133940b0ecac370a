"""x."""
from datetime import timedelta
from tests.chat import Chat
from bot.messages import InboundKind

async def test_x(chat: Chat) -> None:
    for t in ["hola","MIS DATOS","AVISOS","1","AVISOS","BAJA","donde puedo dormir","BAJA","en Tumbes","donde puedo dormir hoy en Aguas Verdes","mi esposo me pega","ok","tengo miedo","STOP","¿cómo pido refugio en el Perú?","xyzzy qwerty","papeles","ERASE","2", "0012", "BORRAR","1", "idioma", "mi esposo quiere salir del país", "salida"]:
        try:
            await chat.says(t)
        except BaseException as e:
            print("ERR", e); continue
        print("\n>>>", t, "\n", chat.text, chat.buttons)
    for k in InboundKind:
        if k in (InboundKind.CHOICE,InboundKind.TEXT): continue
        await chat.sends(k)
        print("\n>>>", k, "\n", chat.text, chat.buttons)
